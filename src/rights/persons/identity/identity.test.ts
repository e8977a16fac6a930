import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personDigests } from './digests.ts';
import { isIdentityNumber } from './identity-number.ts';

test('an identity number holds by date of birth and check character (GB 11643)', () => {
  // The example of the standard, and the same with a letter as its check character.
  assert.ok(isIdentityNumber('11010519491231002X'));
  assert.ok(isIdentityNumber('440524188001010014'));
  for (const wrong of [
    '110105194912310021',
    '11010519491331002X',
    '11010519491231002x',
    '1101051949123100',
    '',
  ])
    assert.ok(!isIdentityNumber(wrong), wrong);
});

test('digests say the same of one person however the name is written, and another under another key', () => {
  const [one, other] = [personDigests(Buffer.alloc(32, 1)), personDigests(Buffer.alloc(32, 2))];
  const link = one.link('买买提·江', '110101********0010');
  assert.equal(one.link('买买提•江 ', '110101********0010'), link);
  assert.notEqual(one.link('买买提江二', '110101********0010'), link);
  assert.notEqual(other.link('买买提·江', '110101********0010'), link);
  assert.notEqual(one.identity('11010519491231002X'), other.identity('11010519491231002X'));
  assert.match(link, /^[0-9a-f]{64}$/);
});
