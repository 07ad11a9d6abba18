/**
 * Of another process, described there
 */
export class RemoteError extends Error {
  name = 'RemoteError'
}

/**
 * What an error says, and the errors that it was made of. Others throw what is
 * no error: events, for one.
 */
export function describe (err: any): string {
  if (!(err instanceof Error)) {
    return `${err?.constructor?.name ?? 'Error'}: ${err?.type ?? err}`
  }

  if (err instanceof RemoteError) {
    return err.message
  }

  const causes = [...err instanceof AggregateError ? err.errors : [], ...err.cause == null ? [] : [err.cause]]

  return [...new Set([`${err.name}: ${err.message}`, ...causes.map(describe)])].join('; ')
}

/**
 * Waits for something, and describes how it failed, if it did
 */
export async function failureOf (promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
  } catch (err) {
    return describe(err)
  }
}
