/**
 * A field by a name that somebody else has chosen, undefined where there is none: every object of JavaScript answers
 * to `constructor` and `toString`, and a target or a column may be called so.
 */
export const ownField = <T>(fields: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined
