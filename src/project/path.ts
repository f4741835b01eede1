/** Where a value stands in the data of a project. */

/** Keys of maps and places in lists, from the outside in. */
export type Path = readonly (string | number)[]
