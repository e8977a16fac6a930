import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOrder } from './in-order.ts';

async function* count(to: number, onTaken: (item: number) => void = () => {}): AsyncGenerator<number, void> {
  for (let item = 1; item <= to; item += 1) {
    onTaken(item);
    yield item;
  }
}

/** Work that ends when it is told to. */
function openWork() {
  const ends = new Map<number, () => void>();
  const begun: number[] = [];
  const work = async (item: number): Promise<string> => {
    begun.push(item);
    await new Promise<void>((resolve) => ends.set(item, resolve));
    return `done ${item}`;
  };
  return { work, begun, end: (item: number) => ends.get(item)?.() };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('work in order', () => {
  it('gives results in the order of the items, whatever ends first', async () => {
    const { work, end } = openWork();
    const results = inOrder(count(3), 3, work);
    const first = results.next();
    await settle();
    end(3);
    end(2);
    await settle();
    end(1);
    const rest = [await first, await results.next(), await results.next(), await results.next()];
    assert.deepEqual(
      rest.map(({ value }) => value),
      ['done 1', 'done 2', 'done 3', undefined],
    );
  });

  it('begins no more than fits while nobody takes results', async () => {
    const taken: number[] = [];
    const { work, begun, end } = openWork();
    const results = inOrder(
      count(100, (item) => taken.push(item)),
      4,
      work,
    );
    const first = results.next();
    await settle();
    assert.deepEqual(begun, [1, 2, 3, 4]);
    end(1);
    await first;
    await settle();
    assert.ok(begun.length <= 5 && taken.length <= 6, `${begun.length} begun, ${taken.length} taken`);
    for (const item of begun) end(item);
    await results.return();
    await settle();
    assert.ok(begun.length <= 5, 'nothing begins after the taker has gone');
  });

  it('gives a result before the next item comes', async () => {
    async function* slow(): AsyncGenerator<number, void> {
      yield 1;
      await new Promise(() => {});
    }
    const results = inOrder(slow(), 4, async (item) => item * 10);
    assert.deepEqual(await results.next(), { done: false, value: 10 });
  });

  it('throws what the work or the items threw', async () => {
    const failing = inOrder(count(3), 2, (item) =>
      item === 2 ? Promise.reject(new TypeError('two')) : Promise.resolve(item),
    );
    assert.equal((await failing.next()).value, 1);
    await assert.rejects(failing.next(), /two/);
    async function* broken(): AsyncGenerator<number, void> {
      yield 1;
      throw new TypeError('cut');
    }
    const cut = inOrder(broken(), 2, (item) => Promise.resolve(item));
    await assert.rejects(async () => {
      for await (const _ of cut);
    }, /cut/);
  });
});
