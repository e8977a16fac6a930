import type { Aviary } from './leak-canaries.ts';
import { OWN } from './leak-city.ts';

type Written = {
  /** `zq` and six letters, as the detector finds them; no generated value begins so. */
  readonly word: string;
  /** `node`, `person`: of no enterprise, and none reads it. */
  readonly owner: string;
  /** Who reads it beside the enterprise that it is of (policy: the permits of `rights.cedar`). */
  readonly readers: readonly string[];
};

/** Words that people write on the node itself: they come with no dataset, so no disclosure class says who reads them. */
export const WRITTEN = {
  /** An answer of an impact assessment. */
  assessment: {
    word: 'zqassess',
    owner: 'node',
    readers: ['data_admin', 'security_admin', 'audit_admin'],
  },
  /** What happened in an incident, as those who handle it say it to each other. */
  incident: { word: 'zqhappen', owner: 'node', readers: ['security_admin', 'audit_admin'] },
  /** What the one enterprise that it concerns was told of the incident. */
  notice: { word: 'zqnotice', owner: OWN.owner, readers: ['security_admin', 'audit_admin'] },
  /** Name and bytes of a file beside an objection: whoever handles it. */
  evidence: { word: 'zqproofs', owner: OWN.owner, readers: ['data_admin', 'other-deliverer'] },
  /** What a natural person asks, and what they are answered: that person, and whoever owes the answer. */
  personRequest: { word: 'zqplease', owner: 'person', readers: ['person', 'data_admin'] },
  personReply: { word: 'zqanswer', owner: 'person', readers: ['person', 'data_admin'] },
} as const satisfies Readonly<Record<string, Written>>;

/** Lets the detector find them, as if each kind were a dataset. */
export function enterWritten({ words }: Aviary): void {
  for (const [contract, { word, owner }] of Object.entries(WRITTEN))
    words.set(word, { owner, contract, field: 'words', disclosure: 'written' });
}

export function readsWritten(to: string, kind: string): boolean {
  const of = new Map<string, Written>(Object.entries(WRITTEN));
  return of.get(kind)?.readers.includes(to) ?? false;
}
