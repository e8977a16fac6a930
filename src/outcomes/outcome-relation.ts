import assert from 'node:assert';
import { assertProof, type Tx } from '#kernel';
import type { Grant, PopulationPermit } from '#security';
import { PLANS } from './facts.ts';
import type { FactKind } from './shape.ts';

/** Whose outcomes may be read: everybody's for a run, or those of the institution that a Grant to look at rows names. */
export type OutcomeReader = PopulationPermit | Grant;

export type OutcomeShape = {
  readonly kind: FactKind;
  readonly knownAt: Date;
  /** What all channels said, not only what counts. */
  readonly allChannels?: boolean;
};

/**
 * What was reported and known at an instant, for figures and the rows behind them: a parenthesised select with
 * enterprise_id, institution_id, channel, is_standing, disclosure_id, known_from and the columns of the kind.
 */
export function outcomeRelation(tx: Tx, reader: OutcomeReader, shape: OutcomeShape): string {
  const { table, key, content, aside } = PLANS[shape.kind];
  const names = Object.keys({ disclosure_id: '', ...key, ...content, ...aside }).map((name) => `o.${name}`);
  const at = `timestamptz '${shape.knownAt.toISOString()}'`;
  const standing = shape.allChannels === true ? '' : ' and o.is_standing';
  return `(select o.enterprise_id, o.institution_id, o.channel, o.is_standing, o.known_from, ${names.join(', ')}
    from ${table} o where o.known_from <= ${at} and o.known_to > ${at}${standing}${whose(tx, reader, shape.knownAt)})`;
}

const PARTICIPANT = /^[a-z0-9][a-z0-9_-]{1,63}$/;

function whose(tx: Tx, reader: OutcomeReader, knownAt: Date): string {
  if ('population' in reader) {
    reader.assertUsable(tx);
    assert(knownAt <= reader.asOf.knownAt, 'nothing later than the Permit is read under it');
    const { population } = reader;
    assert(population.kind !== 'provider', 'outcomes are read of everybody or of a list');
    return population.kind === 'all'
      ? ''
      : ` and o.enterprise_id = any('{${population.ids.join()}}'::bigint[])`;
  }
  assertProof(reader, 'Grant');
  assert(reader.act === 'drill_returns', 'the Grant is to look at the rows behind figures');
  const { participant } = reader.matter;
  if (participant === undefined) return '';
  assert(PARTICIPANT.test(participant), 'an id of a participant');
  return ` and o.institution_id = '${participant}'`;
}
