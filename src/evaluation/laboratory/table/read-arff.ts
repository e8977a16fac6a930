import { createReadStream } from 'node:fs';
import { LIMITS } from '#kernel';
import { laboratoryRefusal } from '../laboratory-refusals.ts';
import { type ReadingRules, TableBuilder } from './column-builder.ts';
import type { Table } from './columns.ts';
import { type ArffAttribute, parseAttribute, splitArffRow } from './split-arff.ts';

/** Reads a dense ARFF file (UTF-8) as a stream. Sparse rows are refused: no file of the field is written so. */
export async function readArff(path: string, rules: ReadingRules): Promise<Table> {
  const attributes: ArffAttribute[] = [];
  let builder: TableBuilder | undefined;
  let lineNo = 0;
  for await (const line of linesOf(path)) {
    lineNo += 1;
    if (line.trim() === '' || line.startsWith('%')) continue;
    if (builder !== undefined) builder.add(cellsOf(line, lineNo));
    else if (/^@data\b/i.test(line)) builder = startTable(attributes, rules, lineNo);
    else if (/^@attribute\b/i.test(line)) attributes.push(attributeOf(line, lineNo));
    else if (!/^@relation\b/i.test(line)) throw broken(lineNo, '不是 ARFF 的声明', 'no declaration of ARFF');
  }
  if (builder === undefined) throw broken(lineNo, '没有 @data 一行', 'there is no @data line');
  return builder.finish();
}

function startTable(attributes: readonly ArffAttribute[], rules: ReadingRules, lineNo: number): TableBuilder {
  const names = attributes.map(({ name }) => name);
  if (names.length === 0 || names.length > LIMITS.headerColumnsMax || new Set(names).size < names.length) {
    throw broken(lineNo, '列为空、过多或重名', 'columns are none, too many or named twice');
  }
  const texts = attributes.filter(({ isText }) => isText).map(({ name }) => name);
  return new TableBuilder(names, { ...rules, categorical: [...rules.categorical, ...texts] });
}

function attributeOf(line: string, lineNo: number): ArffAttribute {
  const attribute = parseAttribute(line);
  if (attribute === undefined)
    throw broken(lineNo, '@attribute 写法不对', 'the @attribute is not well formed');
  return attribute;
}

function cellsOf(line: string, lineNo: number): string[] {
  if (line.startsWith('{')) throw broken(lineNo, '稀疏写法不支持', 'sparse rows are not read');
  const cells = splitArffRow(line);
  if (cells === undefined) throw broken(lineNo, '引号没有结束', 'a quote is not closed');
  return cells;
}

function broken(line: number, zh: string, en: string): Error {
  return laboratoryRefusal('laboratory.broken_file', { line, zh, en });
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let waiting = '';
  let lineNo = 0;
  for await (const chunk of createReadStream(path)) {
    const lines = (waiting + decoder.decode(Buffer.from(chunk), { stream: true })).split(/\r?\n/);
    waiting = lines.pop() ?? '';
    lineNo += lines.length;
    if (waiting.length > LIMITS.rowCharactersMax) throw broken(lineNo + 1, '行过长', 'the line is too long');
    yield* lines;
  }
  yield waiting + decoder.decode();
}
