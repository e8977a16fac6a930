import type { DatabaseSource } from '../shape.ts';

export type Tls = { readonly minVersion: 'TLSv1.2'; readonly rejectUnauthorized: true; readonly ca?: string };

export type DatabaseParts = {
  readonly source: DatabaseSource;
  readonly address: URL;
  readonly keysFolder: string;
  /** Plain only within this machine. */
  readonly tls: Tls | false;
};
