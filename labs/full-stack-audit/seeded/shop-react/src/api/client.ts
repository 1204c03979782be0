const BASE = '/api';
const TIMEOUT_MS = 10_000;
const GET_ATTEMPTS = 3;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem('token');
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function limited(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

async function parse<T>(response: Response): Promise<T> {
  if (!response.ok) {
    const text = await response.text();
    throw new ApiError(response.status, text.slice(0, 200) || response.statusText);
  }
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function mayRetry(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ApiError && error.status >= 502);
}

/** Reads may be repeated: a few times, with growing, jittered waits. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(BASE + path, { headers: headers(), signal: limited(signal) });
      return await parse<T>(response);
    } catch (error) {
      if (attempt >= GET_ATTEMPTS || !mayRetry(error)) {
        throw error;
      }
      await sleep(Math.random() * 300 * 2 ** attempt);
      signal?.throwIfAborted();
    }
  }
}

export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  extra: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(BASE + path, {
    method,
    headers: { ...headers(), ...extra, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: limited(),
  });
  return parse<T>(response);
}

/** Sends a file, for returns and complaints. */
export async function upload<T>(path: string, file: File, note: string): Promise<T> {
  const form = new FormData();
  form.append('file', file);
  form.append('note', note);
  const init: RequestInit = { method: 'POST', headers: headers(), body: form };
  const response = await fetch(BASE + path, init);
  return parse<T>(response);
}
