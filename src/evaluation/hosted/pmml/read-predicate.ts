import { readWord, requireAttribute, requireChild, requireShape, toNumber, wrong } from './elements.ts';
import type { XmlElement } from './read-xml.ts';
import { type Cell, COMPARISONS, type PmmlField, type Predicate } from './scorecard.ts';

export const PREDICATES = ['SimplePredicate', 'CompoundPredicate', 'SimpleSetPredicate', 'True', 'False'];

type Fields = ReadonlyMap<string, PmmlField>;

/** A predicate of the standard, with its values read as its field's kind. */
export function readPredicate(element: XmlElement, fields: Fields): Predicate {
  switch (element.name) {
    case 'SimplePredicate':
      return readSimple(element, fields);
    case 'SimpleSetPredicate':
      return readSet(element, fields);
    case 'CompoundPredicate':
      return readCompound(element, fields);
    default:
      requireShape(element, { attributes: [] });
      return { kind: 'constant', value: element.name === 'True' };
  }
}

/** Names of the fields that it looks at. */
export function fieldsOfPredicate(predicate: Predicate): string[] {
  if (predicate.kind === 'constant') return [];
  return predicate.kind === 'compound' ? predicate.parts.flatMap(fieldsOfPredicate) : [predicate.field];
}

function readSimple(element: XmlElement, fields: Fields): Predicate {
  requireShape(element, { attributes: ['field', 'operator', 'value'] });
  const { name: field, kind } = fieldOf(element, fields);
  const operator = readWord(element, 'operator', { words: [...COMPARISONS, 'isMissing', 'isNotMissing'] });
  const text = element.attributes.get('value');
  if (operator === 'isMissing' || operator === 'isNotMissing') {
    if (text !== undefined) throw wrong(element, `${operator} 不带 value`, `${operator} takes no value`);
    return { kind: 'missing', field, isMissing: operator === 'isMissing' };
  }
  if (text === undefined) throw wrong(element, '缺少 value', 'value is missing');
  if (kind === 'text' && operator !== 'equal' && operator !== 'notEqual')
    throw wrong(element, `文本字段不能比较 ${operator}`, `texts have no order for ${operator}`);
  return {
    kind: 'compare',
    field,
    operator,
    value: kind === 'text' ? text : toNumber(element, 'value', text),
  };
}

function readSet(element: XmlElement, fields: Fields): Predicate {
  requireShape(element, { attributes: ['field', 'booleanOperator'], children: ['Array'] });
  const { name: field, kind } = fieldOf(element, fields);
  const operator = readWord(element, 'booleanOperator', { words: ['isIn', 'isNotIn'] });
  const array = requireChild(element, 'Array');
  requireShape(array, { attributes: ['n', 'type'] });
  readWord(array, 'type', { words: ['int', 'real', 'string'] });
  const items = splitArray(array);
  const n = array.attributes.get('n');
  if (items.length === 0 || (n !== undefined && Number(n) !== items.length))
    throw wrong(array, '个数与 n 不符', 'its length is not n');
  const values = items.map((item): Cell => (kind === 'text' ? item : toNumber(array, 'Array', item)));
  return { kind: 'set', field, isIn: operator === 'isIn', values: new Set(values) };
}

/** Items stand apart by blanks; one with blanks is in quotes, in which `\"` is a quote. */
function splitArray(array: XmlElement): string[] {
  const items: string[] = [];
  const one = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/y;
  const text = array.text.trimEnd();
  while (one.lastIndex < text.length) {
    const found = one.exec(text);
    if (found === null) throw wrong(array, '数组读不了', 'the array cannot be read');
    items.push(found[1]?.replaceAll('\\"', '"') ?? found[2] ?? '');
  }
  return items;
}

function readCompound(element: XmlElement, fields: Fields): Predicate {
  requireShape(element, { attributes: ['booleanOperator'], children: PREDICATES });
  if (element.children.length < 2)
    throw wrong(element, '至少要有两个谓词', 'it needs two predicates at least');
  return {
    kind: 'compound',
    operator: readWord(element, 'booleanOperator', { words: ['and', 'or', 'xor', 'surrogate'] }),
    parts: element.children.map((child) => readPredicate(child, fields)),
  };
}

function fieldOf(element: XmlElement, fields: Fields): PmmlField {
  const name = requireAttribute(element, 'field');
  const field = fields.get(name);
  if (field === undefined)
    throw wrong(element, `${name} 不是模型的输入字段`, `${name} is no active field of the model`);
  return field;
}
