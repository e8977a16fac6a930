import { randomUUID } from 'node:crypto';
import type { Call, LeakState } from './leak-state.ts';

/** The calls of one route, which everybody makes. */
export type Calls = (state: LeakState) => Call[];

export const get = (...urls: string[]): Call[] => urls.map((url) => ({ method: 'GET', url }));
export const post = (url: string, payload?: object): Call[] => [
  {
    method: 'POST',
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: { 'idempotency-key': randomUUID() },
  },
];
