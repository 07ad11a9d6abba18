/**
 * What is refused is refused with an error of these names. Any other is thrown
 * again, as it came: a stack is slow to make, and only read where it is wrong.
 */
export function checkRefusal (err: any, ...names: string[]): void {
  if (!names.includes(err.name)) {
    throw err
  }
}
