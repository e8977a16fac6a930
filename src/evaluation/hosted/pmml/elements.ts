import { hostedRefusal } from '../hosted-refusals.ts';
import type { XmlElement } from './read-xml.ts';

/*
 * Everything that is not named is refused: an element or attribute that is left unread could change what the model
 * says, and nobody would see that it had been left out.
 */

/** What may stand in an element: attributes, and children by name. */
export type Shape = { readonly attributes: readonly string[]; readonly children?: readonly string[] };

/** Throws `hosted.pmml_element`, which names the first thing that does not belong there, with its place. */
export function requireShape(element: XmlElement, { attributes, children = [] }: Shape): void {
  for (const name of element.attributes.keys()) {
    if (!attributes.includes(name)) throw unaccepted(element, element.line, `@${name}`);
  }
  for (const child of element.children) {
    if (!children.includes(child.name)) throw unaccepted(element, child.line, `<${child.name}>`);
  }
}

function unaccepted(within: XmlElement, line: number, what: string): Error {
  return hostedRefusal('hosted.pmml_element', { line, place: within.path, what: what.slice(0, 80) });
}

export function wrong({ line, path }: XmlElement, zh: string, en: string): Error {
  return hostedRefusal('hosted.pmml_wrong', { line, place: path, zh, en });
}

/** The one child of this name. */
export function requireChild(element: XmlElement, name: string): XmlElement {
  const [child, other] = element.children.filter((one) => one.name === name);
  if (child === undefined || other !== undefined)
    throw wrong(element, `应当有且只有一个 ${name}`, `it needs exactly one ${name}`);
  return child;
}

export function childrenNamed({ children }: XmlElement, name: string): XmlElement[] {
  return children.filter((child) => child.name === name);
}

export function requireAttribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined || value === '') throw wrong(element, `缺少 ${name}`, `${name} is missing`);
  return value;
}

/** One of the words, or the standard's default. */
export function readWord<const Word extends string>(
  element: XmlElement,
  name: string,
  { words, otherwise }: { words: readonly Word[]; otherwise?: NoInfer<Word> },
): Word {
  const value = element.attributes.get(name) ?? otherwise;
  const found = words.find((word) => word === value);
  if (found === undefined)
    throw wrong(element, `${name} 只能是 ${words.join('、')}`, `${name} must be one of ${words.join(', ')}`);
  return found;
}

/** `xs:double` without its infinities: a number that JavaScript reads to the nearest double, as the standard does. */
export function readNumber(element: XmlElement, name: string): number | undefined {
  const text = element.attributes.get(name);
  return text === undefined ? undefined : toNumber(element, name, text);
}

export function toNumber(element: XmlElement, name: string, text: string): number {
  const value = parseNumber(text);
  if (value === undefined) throw wrong(element, `${name} 不是数`, `${name} is no number`);
  return value;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
