import assert from 'node:assert';
import { type FieldCipher, type FieldPlace, openField, sealField, type Tx } from '#kernel';
import type { QueryContext } from '../query/query-shape.ts';
import type { FileLine } from './query-line.ts';

/** What query files need beyond what a query does. */
export type QueryFileContext = QueryContext & { readonly cipher: FieldCipher };

/** One line of a request file as it was read: a query, or the answer it has already because it is none. */
export type ReadLine =
  | { readonly no: number; readonly ref: string; readonly query: FileLine }
  | { readonly no: number; readonly ref: string; readonly refused: string };

/** One line of the answer file, with its line end. */
export type LineAnswer = { readonly isAnswer: boolean; readonly text: string };

type Column = 'sealed_lines' | 'sealed_answers';
type Of<Name extends Column> = Name extends 'sealed_lines' ? ReadLine : LineAnswer;

/** What stands where: a page moved to another file, column or number does not open. */
type PageOf<Name extends Column> = {
  readonly fileId: string;
  readonly pageNo: number;
  readonly column: Name;
};

export async function sealPage<Name extends Column>(
  tx: Tx,
  cipher: FieldCipher,
  page: PageOf<Name>,
  items: readonly Of<Name>[],
): Promise<string> {
  return await sealField(tx, cipher, placeOf(page), JSON.stringify([page.pageNo, items]));
}

export async function openPage<Name extends Column>(
  tx: Tx,
  cipher: FieldCipher,
  page: PageOf<Name>,
  sealed: string,
): Promise<readonly Of<Name>[]> {
  const text = await openField(tx, cipher, placeOf(page), sealed);
  const [pageNo, items] = JSON.parse(text) as [number, readonly Of<Name>[]];
  assert.equal(pageNo, page.pageNo, 'a page opens under its own number');
  return items;
}

function placeOf({ fileId, column }: { fileId: string; column: Column }): FieldPlace {
  return { table: 'information.query_file_pages', column, owner: `file:${fileId}` };
}

export function secretPlace(fileId: string): FieldPlace {
  return { table: 'information.query_files', column: 'sealed_secret', owner: `file:${fileId}` };
}
