import { ask, type Verified } from '../api.ts';
import { type Content, field, h, replace } from '../dom.ts';
import { day, instant, pick, say } from '../language.ts';
import { guarded, heading } from '../view.ts';

/** Anyone's check of a report file; `number` is what the QR code of the report carried. */
export function verifyForm(main: HTMLElement, number: string | undefined): void {
  const file = h('input', { type: 'file', accept: '.pdf,.html,.json', required: true });
  const result = h('div', { role: 'status' });
  const submit = guarded(result, async () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return;
    replace(result, say('loading'));
    const headers = { 'content-type': 'application/octet-stream' };
    const verified = await ask<Verified>('/api/v1/reports/verify', { method: 'POST', body: chosen, headers });
    replace(result, describe(verified, number));
  });
  replace(
    main,
    h(
      'section',
      { class: 'narrow card' },
      heading(say('verify'), say('verifyLead')),
      number !== undefined && h('p', {}, say('verifyNumber', { number })),
      h(
        'form',
        { onsubmit: submit },
        field(say('verifyFile'), file),
        h('button', { type: 'submit', class: 'main' }, say('verifyButton')),
      ),
      result,
      h('p', { class: 'quiet' }, say('verifyOffline')),
    ),
  );
}

function describe(verified: Verified, number: string | undefined): Content {
  const facts = [
    [say('number'), verified.number],
    [say('enterprise'), verified.enterpriseName],
    [say('issuedAt'), instant(verified.issuedAt)],
    [say('asOf'), instant(verified.asOf)],
    [say('validUntil'), day(verified.validUntil)],
  ] as const;
  return [
    h('p', { class: 'good' }, `✓ ${say('verified')}`),
    verified.isSynthetic && h('p', { class: 'problem' }, say('synthetic')),
    number !== undefined && number !== verified.number && h('p', { class: 'problem' }, say('numberDiffers')),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([title, value]) => h('div', {}, h('dt', {}, title), h('dd', {}, value))),
    ),
    verified.objections.length > 0 && h('h2', {}, say('objectionsToRecords')),
    verified.objections.map(({ recordId, contract, stateWords, appliedAt, statement }) =>
      h(
        'p',
        { class: 'problem' },
        `${contract} ${recordId} · ${instant(appliedAt)} · ${pick(stateWords)}${statement === null ? '' : ` · ${say('enterpriseStates')}${statement}`}`,
      ),
    ),
  ];
}
