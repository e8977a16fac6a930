import assert from 'node:assert/strict';
import test from 'node:test';
import { type Candidates, decideSubject, type Subject } from './decide-subject.ts';

const subject: Subject = {
  code: '91110108MA01TEST0X',
  name: '北京样例科技有限公司',
  nameKey: '北京样例科技有限公司',
  form: 'uscc',
  checksumOk: true,
  organisationCode: 'MA01TEST0',
};
const nobody: Candidates = { byPerson: null, byOrganisationCode: null, byName: [] };
const may = { registers: false, mayRegister: true };

test('a sound unknown code makes a registered enterprise in a registering dataset and a provisional one elsewhere', () => {
  assert.deepEqual(decideSubject(subject, nobody, { registers: true, mayRegister: true }), {
    kind: 'new',
    standing: 'registered',
  });
  assert.deepEqual(decideSubject(subject, nobody, may), { kind: 'new', standing: 'provisional' });
});

test('an organisation code inside the new code finds the enterprise and attaches the code', () => {
  assert.deepEqual(decideSubject(subject, { ...nobody, byOrganisationCode: '7' }, may), {
    kind: 'matched',
    enterpriseId: '7',
    attachCode: true,
  });
});

test('same name with another code waits for a person', () => {
  const candidates: Candidates = {
    byPerson: null,
    byOrganisationCode: null,
    byName: [{ enterpriseId: '7', codeKinds: ['uscc'] }],
  };
  assert.deepEqual(decideSubject(subject, candidates, may), {
    kind: 'held',
    reason: 'same_name_other_code',
    candidates: ['7'],
  });
});

test('an old number joins the only enterprise of that name that has none yet', () => {
  const old: Subject = { ...subject, form: 'old_registration', code: '110108000012345' };
  const without: Candidates = {
    byPerson: null,
    byOrganisationCode: null,
    byName: [{ enterpriseId: '7', codeKinds: ['uscc'] }],
  };
  const having: Candidates = {
    byPerson: null,
    byOrganisationCode: null,
    byName: [{ enterpriseId: '7', codeKinds: ['uscc', 'old_registration'] }],
  };
  assert.equal(decideSubject(old, without, may).kind, 'matched');
  assert.equal(decideSubject(old, having, may).kind, 'held');
});

test('a wrong check character and an id-card-shaped number never match and never register', () => {
  const known: Candidates = {
    byPerson: null,
    byOrganisationCode: '7',
    byName: [{ enterpriseId: '7', codeKinds: ['uscc'] }],
  };
  const wrong = decideSubject({ ...subject, checksumOk: false }, known, {
    registers: true,
    mayRegister: true,
  });
  assert.deepEqual(wrong, { kind: 'held', reason: 'checksum_mismatch', candidates: ['7'] });
  const card = decideSubject({ ...subject, form: 'id_card_shaped' }, known, {
    registers: true,
    mayRegister: true,
  });
  assert.equal(card.kind === 'held' && card.reason, 'id_card_shaped');
});

test('a name alone matches when exactly one enterprise carries it', () => {
  const nameOnly: Subject = { ...subject, code: '', form: 'none', organisationCode: null };
  const one: Candidates = {
    byPerson: null,
    byOrganisationCode: null,
    byName: [{ enterpriseId: '7', codeKinds: ['uscc'] }],
  };
  const two: Candidates = { ...one, byName: [...one.byName, { enterpriseId: '8', codeKinds: ['uscc'] }] };
  assert.deepEqual(decideSubject(nameOnly, one, may), {
    kind: 'matched',
    enterpriseId: '7',
    attachCode: false,
  });
  assert.equal(decideSubject(nameOnly, two, may).kind, 'held');
  assert.equal(decideSubject(nameOnly, nobody, may).kind, 'held');
});

test('what a person decided for this code and name holds for later deliveries', () => {
  const decided: Candidates = { byPerson: '9', byOrganisationCode: null, byName: [] };
  const wrong = decideSubject({ ...subject, checksumOk: false }, decided, may);
  assert.deepEqual(wrong, { kind: 'matched', enterpriseId: '9', attachCode: false });
});
