/** The ways in which the department can fail; `well` is none of them. */
export const MODES = [
  'well',
  'slow',
  'down',
  'reset',
  'half',
  'not_json',
  'wrong_shape',
  'wrong_types',
  'wrong_values',
  'other_subject',
  'huge',
  'redirect',
  'busy',
  'unauthorised',
  'not_covered',
  'stale',
] as const;
export type Mode = (typeof MODES)[number];

/** The department's state, apart from its data: how it behaves, and what it was asked. */
export class Behaviour {
  #mode: Mode = 'well';
  #delayMs = 0;
  #left = Infinity;
  readonly calls = new Map<string, number>();
  #tokens = 0;
  readonly #always: ReadonlyMap<string, Mode>;

  /** `always`: enterprises, by their code, for which it behaves in one way whatever else is set. */
  constructor(always: ReadonlyMap<string, Mode> = new Map()) {
    this.#always = always;
  }

  /** From now on, or for the next `times` calls, the department behaves like this. */
  set({ mode, delayMs = 0, times = Infinity }: { mode: Mode; delayMs?: number; times?: number }): void {
    this.#mode = mode;
    this.#delayMs = delayMs;
    this.#left = times;
  }

  /** How to answer this call, which is counted. */
  take(dataset: string, code = ''): { readonly mode: Mode; readonly delayMs: number } {
    this.calls.set(dataset, (this.calls.get(dataset) ?? 0) + 1);
    const always = this.#always.get(code);
    if (always !== undefined) return { mode: always, delayMs: 0 };
    if (this.#left <= 0) return { mode: 'well', delayMs: 0 };
    this.#left -= 1;
    return { mode: this.#mode, delayMs: this.#delayMs };
  }

  countToken(): void {
    this.#tokens += 1;
  }

  report(): { readonly mode: Mode; readonly calls: Record<string, number>; readonly tokens: number } {
    return { mode: this.#mode, calls: Object.fromEntries(this.calls), tokens: this.#tokens };
  }
}
