/** What a person is told when the node says no: the clause that says so, and what would make it work. */
export type RefusalText = {
  /** HTTP status that carries this refusal. */
  status: 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 429 | 500 | 503 | 507;
  /** Policy clause ("6"), or the standard or rule of operation behind the refusal. */
  clause: string;
  zh: string;
  en: string;
  remedyZh: string;
  remedyEn: string;
};

export type RefusalParams = Readonly<Record<string, string | number>>;

const known = new Map<string, RefusalText>();

/**
 * A refusal is for the person who asked: wrong input, missing right, state that does not allow it.
 * A broken invariant is not a refusal; use node:assert and let the job end.
 */
export class Refusal extends Error {
  readonly code: string;
  readonly text: RefusalText;
  readonly params: RefusalParams;

  constructor(code: string, text: RefusalText, params: RefusalParams) {
    super(`${code}: ${fill(text.en, params)}`);
    this.name = 'Refusal';
    this.code = code;
    this.text = text;
    this.params = params;
  }

  /** The wire form: `{code, clause, message: {zh, en}, remedy: {zh, en}}`. */
  toJSON(): {
    code: string;
    clause: string;
    message: { zh: string; en: string };
    remedy: { zh: string; en: string };
  } {
    const { text, params } = this;
    return {
      code: this.code,
      clause: text.clause,
      message: { zh: fill(text.zh, params), en: fill(text.en, params) },
      remedy: { zh: fill(text.remedyZh, params), en: fill(text.remedyEn, params) },
    };
  }
}

/**
 * Declares a module's closed list of refusals and returns its maker.
 * Codes are wire contract: `<module>.<what>`, never reused, one meaning each; a code declared twice stops the start.
 */
export function defineRefusals<const Texts extends Record<string, RefusalText>>(
  texts: Texts,
): (code: keyof Texts & string, params?: RefusalParams) => Refusal {
  for (const [code, text] of Object.entries(texts)) {
    if (known.has(code)) throw new TypeError(`refusal code declared twice: ${code}`);
    known.set(code, text);
  }
  return (code, params = {}) => {
    const text = texts[code];
    if (text === undefined) throw new TypeError(`unknown refusal code: ${code}`);
    return new Refusal(code, text, params);
  };
}

/** Every declared refusal, by code; `docs/errors.md` is generated from it. */
export function listRefusals(): ReadonlyMap<string, RefusalText> {
  return known;
}

function fill(sentence: string, params: RefusalParams): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
