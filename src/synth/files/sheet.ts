import assert from 'node:assert';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Dialect } from '../model/definitions.ts';
import { GZIP_HEADER, gzipTrailer, openDeflate } from './deflate.ts';
import { encodeGb18030 } from './gb18030.ts';
import { openWorkbook, sheetRow, XLSX_ROWS_MAX } from './xlsx.ts';

/** A department's file being written: rows go in, bytes go out in pieces, so that memory stays the same however long it gets. */
export type Sheet = {
  readonly rows: number;
  row(cells: readonly string[]): void;
  close(): void;
};

type Layout = Pick<Dialect, 'layout' | 'encoding' | 'quotes' | 'gzip'>;

/** Characters gathered before they are encoded and written. A city has some hundred files open. */
const PIECE_CHARACTERS = 32 * 1024;

/** File name extension of a layout. */
export function extensionOf({ layout, gzip }: Layout): string {
  return gzip === true ? `${layout}.gz` : layout;
}

/** Opens a file and writes its header. Writing is synchronous: the caller gives way between enterprises. */
export function openSheet(path: string, layout: Layout, header: readonly string[]): Sheet {
  const file = openSync(path, 'wx');
  const out = openOutput((bytes) => writeSync(file, bytes), layout);
  const format = rowFormat(layout, header);
  let piece = format.opening;
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    row(cells) {
      piece += format.row(cells);
      rows += 1;
      assert(layout.layout !== 'xlsx' || rows < XLSX_ROWS_MAX, 'too many rows for a worksheet');
      if (piece.length < PIECE_CHARACTERS) return;
      out.push(piece);
      piece = '';
    },
    close() {
      out.push(piece);
      out.end();
      closeSync(file);
    },
  };
}

function rowFormat(
  { layout, encoding, quotes }: Layout,
  header: readonly string[],
): { opening: string; row: (cells: readonly string[]) => string } {
  if (layout === 'jsonl') {
    const keys = header.map((name) => `${JSON.stringify(name)}:`);
    const row = (cells: readonly string[]) =>
      `{${cells.map((cell, at) => (keys[at] ?? '"":') + JSON.stringify(cell)).join(',')}}\n`;
    return { opening: '', row };
  }
  if (layout === 'xlsx') return { opening: sheetRow(header), row: sheetRow };
  const delimiter = layout === 'tsv' ? '\t' : ',';
  const special = layout === 'tsv' ? /[\t"\n]/ : /[,"\n]/;
  const row = (cells: readonly string[]) => {
    let line = '';
    // An index loop: this runs for every cell of the city.
    for (let at = 0; at < cells.length; at += 1) {
      const cell = cells[at] ?? '';
      if (at > 0) line += delimiter;
      line += quotes === 'always' || special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    }
    return `${line}\r\n`;
  };
  return { opening: (encoding === 'utf-8-bom' ? '\ufeff' : '') + row(header), row };
}

type Output = { push(text: string): void; end(): void };

function openOutput(write: (bytes: Buffer) => void, { layout, encoding, gzip }: Layout): Output {
  if (layout === 'xlsx') return openWorkbook(write);
  const encode = encoding === 'gb18030' ? encodeGb18030 : (text: string) => Buffer.from(text);
  if (gzip !== true) return { push: (text) => write(encode(text)), end: () => {} };
  const stream = openDeflate();
  write(GZIP_HEADER);
  return {
    push: (text) => write(stream.push(encode(text))),
    end() {
      write(stream.end());
      write(gzipTrailer(stream.totals()));
    },
  };
}
