/** The shapes of the lists that the synthetic city reads; one place, so that the rest names only these. */
export type { CodeTable } from '../lists/contract/code-table.ts';
export type { Catalogue } from '../lists/contract/load.ts';
export type { Contract, Field, RowRule } from '../lists/contract/shape.ts';
