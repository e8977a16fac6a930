import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { emsOf } from './view.ts';
import { openFont } from './font.ts';

const font = await openFont(fileURLToPath(new URL('../../../../', import.meta.url)));

describe('the width of a text in the report, where it is known without setting it', () => {
  it('is an em for each Han character', () => {
    assert.equal(emsOf('统一社会信用代码', font), 8);
  });

  it('is the sum of their advances for digits and hyphens', () => {
    assert.equal(emsOf('2024-04-23', font), 8 * 0.555 + 2 * 0.347);
  });

  it('is not known where letters are kerned, Han and Latin spaced or punctuation squeezed', () => {
    for (const text of ['AVATAR', '5 次', '第3号', '（合成）', '12,345.00 元', '']) {
      assert.equal(emsOf(text, font), null, text);
    }
  });

  it('is not known of a character that the font lacks and of digits that may be broken', () => {
    assert.equal(emsOf('\u{2A700}', font), null);
    assert.equal(emsOf('1'.repeat(18), font), null);
  });
});
