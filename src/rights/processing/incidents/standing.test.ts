import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IncidentAct, reasonAgainst, standingOf } from './standing.ts';

const ONE = 'acc_1';
const after = (...acts: IncidentAct[]) => standingOf(acts.map((act) => ({ act, by: ONE })));
const isAllowed = (standing: ReturnType<typeof standingOf>, act: IncidentAct): boolean =>
  reasonAgainst(standing, act) === undefined;

test('an incident is closed only with a measure, a scope, a report, and those affected told or decided of', () => {
  const needed: IncidentAct[] = ['measure', 'scoped', 'regulator_told', 'persons_told'];
  assert.ok(isAllowed(after('opened', ...needed), 'closing_proposed'));
  for (const left of needed) {
    const acts = needed.filter((act) => act !== left);
    assert.equal(isAllowed(after('opened', ...acts), 'closing_proposed'), false, `without ${left}`);
  }
  assert.equal(isAllowed(after('opened', ...needed), 'closed'), false, 'nobody has proposed it');
  const closing = after('opened', ...needed, 'closing_proposed');
  assert.deepEqual([closing.state, closing.closingBy], ['closing', ONE]);
  assert.equal(isAllowed(closing, 'measure'), false, 'it waits for the other person');
  const closed = after('opened', ...needed, 'closing_proposed', 'closed');
  assert.equal(closed.state, 'closed');
  assert.equal(isAllowed(closed, 'measure'), false);
  assert.equal(after('opened', ...needed, 'closing_proposed', 'closing_rejected').state, 'told');
});

test('an order of an authority ends a decision not to tell, and nobody decides so again', () => {
  const withheld = after('opened', 'scoped', 'withholding_proposed', 'withholding_approved');
  assert.equal(withheld.state, 'not_told');
  const ordered = after('opened', 'scoped', 'withholding_proposed', 'withholding_approved', 'notice_ordered');
  assert.equal(ordered.state, 'scoped');
  assert.equal(isAllowed(ordered, 'withholding_proposed'), false);
  assert.ok(isAllowed(ordered, 'persons_told'));
});

test('a wider scope asks again whether those affected are told', () => {
  const wider = after('opened', 'scoped', 'persons_told', 'scoped');
  assert.deepEqual([wider.state, wider.isTold], ['scoped', false]);
  assert.equal(isAllowed(after('opened'), 'persons_told'), false, 'nobody knows whom to tell');
});
