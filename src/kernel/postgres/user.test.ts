import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayEnter, serviceUser } from './user.ts';

const passwd = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n';

test('root hands the database to postgres, else to nobody, also where neither is named', () => {
  assert.deepEqual(serviceUser(`${passwd}postgres:x:101:104::/:/bin/sh\n`), { uid: 101, gid: 104 });
  assert.deepEqual(serviceUser(passwd), { uid: 65_534, gid: 65_533 });
  assert.deepEqual(serviceUser(''), { uid: 65_534, gid: 65_534 });
});

test('a folder is entered by the right that applies to owner, group or others', () => {
  const user = { uid: 7, gid: 8 };
  assert.equal(mayEnter({ mode: 0o40711, uid: 0, gid: 0 }, user), true);
  assert.equal(mayEnter({ mode: 0o40700, uid: 0, gid: 0 }, user), false);
  assert.equal(mayEnter({ mode: 0o40700, uid: 7, gid: 0 }, user), true);
  assert.equal(mayEnter({ mode: 0o40710, uid: 0, gid: 8 }, user), true);
  assert.equal(
    mayEnter({ mode: 0o40701, uid: 0, gid: 8 }, user),
    false,
    'the group’s bit goes before others’',
  );
});
