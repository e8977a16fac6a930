import type { ZipFile } from './zip.ts';

/** What the PDF prints; every string is printed and none is evaluated. */
export type PrintView = {
  readonly title: string;
  readonly facts: readonly (readonly [title: string, text: string])[];
  readonly notice: string | null;
  readonly footer: string;
  readonly parts: readonly PrintPart[];
};

export type PrintPart = {
  readonly title: string;
  readonly note: string;
  readonly count: number;
  readonly lines: readonly (readonly [at: string, text: string])[];
};

/** The PDF files of a bundle, each signed as a whole (PAdES B-B). */
export type PrintEverything = (view: PrintView, at: Date) => Promise<readonly ZipFile[]>;

/** What the printing thread is handed. */
export type PrintTask = { readonly packageFolder: string; readonly view: PrintView; readonly at: Date };
