/** Secrets that were written on the command line by mistake, as in `--target "$TOKEN"`: they are hidden in what is said of it. */
import path from 'node:path'
import { isSecretName } from '../project/secrets.ts'
import { secrets } from './door.ts'

/** A shorter part would be found in many words. */
const SHORTEST_PART = 8

/**
 * @param given the arguments of the user, without the names of commands
 * @param env variables of the process; those with a secret's name are looked for in the arguments
 */
export function hideGiven(given: readonly string[], env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value = ''] of Object.entries(env)) {
    const secret = value.trim()
    if (secret === '' || !isSecretName(name) || !given.some((argument) => argument.includes(secret))) continue
    for (const form of formsOf(secret)) secrets.add(form)
  }
}

/** A path is said as it is resolved, a name of SQL in lower case, and selectors, SQL and YAML are said by their parts. */
function formsOf(secret: string): string[] {
  const parts = secret.split(/\W+/).filter((part) => part.length >= SHORTEST_PART && /\d/.test(part))
  const texts = [secret, path.normalize(secret), ...parts]
  return [...texts, ...texts.map((text) => text.toLowerCase())]
}
