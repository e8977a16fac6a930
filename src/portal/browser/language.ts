import { WORDS, type Word } from './words.ts';

export type Language = 'zh' | 'en';

const KEPT_UNDER = 'xinqiao-language';

let current: Language = localStorage.getItem(KEPT_UNDER) === 'en' ? 'en' : 'zh';

export function language(): Language {
  return current;
}

/** Kept in this browser only. */
export function setLanguage(next: Language): void {
  current = next;
  localStorage.setItem(KEPT_UNDER, next);
}

/** A word or sentence of the page in the language of the reader; `{name}` is filled in. */
export function say(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  const text = WORDS[word][current];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** What comes from the node in both languages. */
export function pick(text: { readonly zh: string; readonly en: string }): string {
  return text[current];
}

/** A code of a closed list as people read it; one that this page does not know yet stays as it is. */
export function label(group: string, code: string): string {
  const word = `${group}.${code}`;
  return word in WORDS ? say(word as Word) : code;
}

const LOCALES = { zh: 'zh-CN', en: 'en-GB' } as const;

/** Beijing time, wherever the browser stands. */
export function instant(text: string | null): string {
  if (text === null) return '—';
  const options = { timeZone: 'Asia/Shanghai', dateStyle: 'medium', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat(LOCALES[current], options).format(new Date(text));
}

export function day(text: string | null): string {
  if (text === null) return '—';
  const options = { timeZone: 'Asia/Shanghai', dateStyle: 'medium' } as const;
  return new Intl.DateTimeFormat(LOCALES[current], options).format(new Date(text));
}

export function count(value: number | null): string {
  return value === null ? '—' : new Intl.NumberFormat(LOCALES[current]).format(value);
}

export function share(value: number): string {
  return new Intl.NumberFormat(LOCALES[current], { style: 'percent', maximumFractionDigits: 1 }).format(
    value,
  );
}
