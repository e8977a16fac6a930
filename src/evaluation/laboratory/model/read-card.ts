import { canonicalHash } from '#kernel';
import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import type { Card } from './card.ts';

/**
 * A card from the text of its file. Its hash is that of its content and its parts name each other by theirs; whatever
 * was changed since `fitCard` wrote it is refused. A hash says that nothing was changed, not who made it: where a card
 * decides about anybody, who approved that hash is kept elsewhere.
 */
export function readCard(text: string): Card {
  if (text.length > LABORATORY_LIMITS.cardBytesMax) throw wrong('文件过大', 'the file is too large');
  const value = parse(text);
  if (!isSealed(value, 'xinqiao.scorecard/1')) {
    throw wrong('内容与其哈希不符', 'its content is not that of its hash');
  }
  if (!hasParts(value)) throw wrong('缺少部分', 'parts of it are missing');
  const parts: [unknown, string][] = [
    ...value.binnings.map((binning): [unknown, string] => [binning, 'xinqiao.binning/1']),
    [value.model, 'xinqiao.model/1'],
    [value.points, 'xinqiao.points/1'],
  ];
  const isWhole =
    parts.every(([part, schema]) => isSealed(part, schema)) &&
    value.points.model === value.model.hash &&
    value.model.variables.every(({ binning }, at) => value.binnings[at]?.hash === binning);
  if (!isWhole) throw wrong('各部分互不相符', 'its parts do not belong together');
  return value;
}

/** The border: whatever bears its parts' hashes is taken for a card; members inside the parts are not looked at. */
function hasParts(value: object): value is Card {
  return (
    ['target', 'rows', 'model', 'points', 'scores'].every((name) => isObject(Reflect.get(value, name))) &&
    Array.isArray(Reflect.get(value, 'binnings')) &&
    Array.isArray(Reflect.get(Object(Reflect.get(value, 'model')), 'variables'))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong('不是 JSON', 'it is no JSON');
    throw error;
  }
}

function isSealed(value: unknown, schema: string): value is { hash: string } {
  if (!isObject(value) || !('hash' in value) || !('schema' in value)) return false;
  const { hash, ...content } = value;
  return content.schema === schema && canonicalHash(content) === hash;
}

function wrong(zh: string, en: string): Error {
  return laboratoryRefusal('laboratory.wrong_card', { zh, en });
}
