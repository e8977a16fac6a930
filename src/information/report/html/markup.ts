import { printable } from '../text.ts';

/** Text that is known to be markup; only `html` and `trusted` make it. */
export type Markup = { readonly markup: string };

type Part = Markup | readonly Markup[] | string | number | null;

/** Markup with every value escaped unless it is markup itself; null is nothing. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Markup {
  return { markup: literals.reduce((text, literal, i) => text + rendered(parts[i - 1] ?? null) + literal) };
}

/** Marks text of our own making (style, QR code) as markup. Never for anything that came from outside. */
export function trusted(markup: string): Markup {
  return { markup };
}

function rendered(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  if ('markup' in part) return part.markup;
  return part.map(({ markup }) => markup).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
