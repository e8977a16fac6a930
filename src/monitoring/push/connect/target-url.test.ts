import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAddressAllowed, openPushNetwork } from './guard-address.ts';
import { requireTarget } from './target-url.ts';

const OPEN = openPushNetwork([]);
const NAMED = openPushNetwork(['127.0.0.0/8', '10.20.0.0/16']);

const INTERNAL = [
  'https://127.0.0.1/hook',
  'https://127.1/hook',
  'https://2130706433/hook',
  'https://0x7f000001/hook',
  'https://0x7f.0.0.1/hook',
  'https://0177.0.0.1/hook',
  'https://017700000001/hook',
  'https://127.0.0.1./hook',
  'https://１２７.０.０.１/hook',
  'https://%31%32%37.0.0.1/hook',
  'https://0/hook',
  'https://10.1.2.3/hook',
  'https://172.31.255.255/hook',
  'https://192.168.1.1/hook',
  'https://169.254.169.254/latest/meta-data',
  'https://2852039166/latest/meta-data',
  'https://0xa9fea9fe/latest/meta-data',
  'https://100.100.100.200/hook',
  'https://168.63.129.16/hook',
  'https://224.0.0.1/hook',
  'https://255.255.255.255/hook',
  'https://[::1]/hook',
  'https://[::]/hook',
  'https://[0:0:0:0:0:0:0:1]/hook',
  'https://[::ffff:127.0.0.1]/hook',
  'https://[::ffff:7f00:1]/hook',
  'https://[::127.0.0.1]/hook',
  'https://[64:ff9b::7f00:1]/hook',
  'https://[64:ff9b::169.254.169.254]/hook',
  'https://[64:ff9b:1::a00:1]/hook',
  'https://[2002:7f00:1::]/hook',
  'https://[2001:0:7f00:1::]/hook',
  'https://[fe80::1]/hook',
  'https://[fd00:ec2::254]/hook',
  'https://[fc00::1]/hook',
  'https://[ff02::1]/hook',
  'https://[2001:db8::1]/hook',
  'https://localhost/hook',
  'https://LOCALHOST./hook',
  'https://a.localhost/hook',
  'https://metadata.google.internal/hook',
  'https://printer.local/hook',
  'https://intranet/hook',
  'https://1.0.0.127.in-addr.arpa/hook',
];

test('no spelling of an internal address or name is a target', () => {
  for (const url of INTERNAL) {
    assert.throws(() => requireTarget(url, OPEN), { code: 'push.target_not_allowed' }, url);
  }
});

test('a public address or name over TLS is a target', () => {
  for (const url of [
    'https://hooks.bank.example/xinqiao?x=1',
    'https://hooks.bank.example:8443/',
    'https://8.8.8.8/hook',
    'https://[2400:3200::1]/hook',
    'https://银行.中国/hook',
  ]) {
    assert.equal(requireTarget(url, OPEN).protocol, 'https:', url);
  }
});

test('plain HTTP, credentials, fragments, other protocols and ports of other services are refused', () => {
  for (const url of [
    'http://hooks.bank.example/',
    'http://8.8.8.8/',
    'ftp://hooks.bank.example/',
    'file:///etc/passwd',
    'https://user:password@hooks.bank.example/',
    'https://hooks.bank.example/#part',
    'https://hooks.bank.example:25/',
    'https://hooks.bank.example:22/',
    `https://hooks.bank.example/${'a'.repeat(2_100)}`,
    'hooks.bank.example',
    '',
  ]) {
    assert.throws(() => requireTarget(url, OPEN), { code: 'push.target_not_allowed' }, url);
  }
});

test('a network that the operator has named is a target, also plain, and its neighbour is not', () => {
  assert.equal(requireTarget('http://127.0.0.1:9000/hook', NAMED).port, '9000');
  assert.equal(requireTarget('https://10.20.3.4/hook', NAMED).hostname, '10.20.3.4');
  assert.throws(() => requireTarget('https://10.21.3.4/hook', NAMED), { code: 'push.target_not_allowed' });
  assert.throws(() => requireTarget('http://hooks.bank.example:9000/', NAMED), {
    code: 'push.target_not_allowed',
  });
});

test('what is no address is no allowed address', () => {
  assert.equal(isAddressAllowed('8.8.8.8', OPEN), true);
  for (const text of ['', 'a', '8.8.8', '8.8.8.8/32', '::ffff:8.8.8.8']) {
    assert.equal(isAddressAllowed(text, OPEN), false, text);
  }
});
