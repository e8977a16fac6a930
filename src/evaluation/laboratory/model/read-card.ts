import { Value } from 'typebox/value';
import { canonicalHash } from '#kernel';
import { unseenPlace } from '../binning/binning.ts';
import { LABORATORY_LIMITS } from '../laboratory-limits.ts';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import type { Card } from './card.ts';
import { CardShape } from './card-shape.ts';

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
  if (!Value.Check(CardShape, value)) throw misshapen(value);
  const parts: [unknown, string][] = [
    ...value.binnings.map((binning): [unknown, string] => [binning, 'xinqiao.binning/1']),
    [value.model, 'xinqiao.model/1'],
    [value.points, 'xinqiao.points/1'],
  ];
  const isWhole =
    parts.every(([part, schema]) => isSealed(part, schema)) &&
    value.points.model === value.model.hash &&
    value.model.variables.every(({ binning }, at) => value.binnings[at]?.hash === binning) &&
    isMatched(value);
  if (!isWhole) throw wrong('各部分互不相符', 'its parts do not belong together');
  return value;
}

/** Bins, points and coefficients stand at the same places; cuts rise, or a value would fall into the wrong bin. */
function isMatched({ binnings, model, points }: Card): boolean {
  if (binnings.length !== model.variables.length || binnings.length !== points.points.length) return false;
  return binnings.every((binning, at) => {
    const [own, scaled] = [model.variables[at], points.points[at]];
    return (
      own?.variable === binning.variable &&
      scaled?.variable === binning.variable &&
      scaled.points.length === binning.bins.length &&
      binning.bins.length === unseenPlace(binning) + 1 &&
      binning.cuts.every((cut, n) => n === 0 || (binning.cuts[n - 1] ?? cut) < cut)
    );
  });
}

function misshapen(value: unknown): Error {
  const [first] = Value.Errors(CardShape, value);
  const where = first?.instancePath || '/';
  return wrong(`${where} 处的类型不对`, `${where} is not of the type that is needed`);
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
