import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCatalogue } from '#lists';
import { healthIn } from '../../src/synth/city/activity.ts';
import { makeCity, makeEnterprise } from '../../src/synth/city/enterprise.ts';
import type { Enterprise } from '../../src/synth/city/shape.ts';
import { dayOf, isoOf, monthFrom } from '../../src/synth/model/days.ts';
import { loadDefinitions } from '../../src/synth/model/definitions.ts';
import { type Dataset, planDatasets } from '../../src/synth/write/datasets.ts';
import { listVersions, type RecordVersion } from '../../src/synth/write/versions.ts';

const until = dayOf('2026-10-31');
const definitions = loadDefinitions();
const catalogue = loadCatalogue([join(import.meta.dirname, '..', '..', 'lists')]);
const cityOf = (seed: number) => makeCity(definitions, { seed, from: monthFrom('2024-11'), until });
const city = cityOf(31);
const datasets = planDatasets(catalogue, definitions, { seed: 31, until });
const ENTERPRISES = 1200;
const enterprises = Array.from({ length: ENTERPRISES }, (_, index) => makeEnterprise(city, index));

test('two to four in a hundred enterprises default in a year', () => {
  const seeds = [1, 2, 3, 4, 5];
  const defaults = seeds.map((seed) => {
    const own = cityOf(seed);
    const all = Array.from({ length: 4000 }, (_, index) => makeEnterprise(own, index));
    return all.filter(({ defaultOn }) => defaultOn !== undefined).length;
  });
  const perYear = defaults.reduce((sum, count) => sum + count, 0) / (seeds.length * 4000) / 2;
  assert.ok(perYear > 0.02 && perYear < 0.04, `${perYear} a year`);
});

test('defaults come more often with bad health, and health alone does not tell them', () => {
  const worst = enterprises.map((enterprise) => -healthIn(enterprise, city.from));
  const area = areaUnderCurve(worst);
  assert.ok(area > 0.58 && area < 0.85, `AUC ${area}`);
});

test('no single delivered field tells a default implausibly well', () => {
  const features = new Map<string, Float64Array>();
  for (const dataset of datasets.filter(({ isSource }) => !isSource)) {
    for (const enterprise of enterprises) addFeatures(features, dataset, enterprise);
  }
  assert.ok(features.size > 1000);
  for (const [name, values] of features) {
    const area = areaUnderCurve([...values]);
    assert.ok(Math.max(area, 1 - area) < 0.9, `${name}: AUC ${area}`);
  }
});

/** How many records there are, whether each field is filled, its last number, and each code value seen. */
function addFeatures(features: Map<string, Float64Array>, dataset: Dataset, enterprise: Enterprise): void {
  const put = (name: string, value: number) => {
    const key = `${dataset.number} ${name}`;
    const values = features.get(key) ?? new Float64Array(ENTERPRISES);
    features.set(key, values);
    values[enterprise.index] = value;
  };
  const records = lastVersions(dataset, enterprise);
  put('records', records.length);
  for (const { cells } of records) {
    for (const [at, { name, kind }] of dataset.contract.fields.entries()) {
      const cell = cells[at] ?? null;
      if (cell === null) continue;
      put(`${name} filled`, 1);
      if (typeof cell === 'number') put(name, cell);
      if (kind === 'code' || kind === 'boolean') put(`${name} ${String(cell)}`, 1);
    }
  }
}

function lastVersions(dataset: Dataset, enterprise: Enterprise): RecordVersion[] {
  const versions = listVersions(dataset, city, enterprise);
  return [...new Map(versions.map((version) => [version.record, version])).values()].filter(
    ({ kind }) => kind !== 'withdrawn',
  );
}

/** Chance that a defaulter has a higher value than another enterprise; ties count half. */
function areaUnderCurve(values: readonly number[]): number {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  let ranks = 0;
  let defaulters = 0;
  for (let at = 0; at < order.length; ) {
    let end = at;
    while (order[end]?.value === order[at]?.value && end < order.length) end += 1;
    const inTie = order
      .slice(at, end)
      .filter(({ index }) => enterprises[index]?.defaultOn !== undefined).length;
    ranks += (inTie * (at + end + 1)) / 2;
    defaulters += inTie;
    at = end;
  }
  return (ranks - (defaulters * (defaulters + 1)) / 2) / (defaulters * (values.length - defaulters));
}

function fieldsOf(number: string, enterprise: Enterprise): Map<string, unknown>[] {
  const dataset = datasets.find((each) => each.number === number);
  assert.ok(dataset);
  const names = dataset.contract.fields.map(({ name }) => name);
  return lastVersions(dataset, enterprise).map(
    ({ cells }) => new Map(names.map((name, at) => [name, cells[at]])),
  );
}

test('the representative of the register is the one among the persons, and the changes lead to it', () => {
  for (const enterprise of enterprises) {
    const [registration] = fieldsOf('n01', enterprise);
    const heads = fieldsOf('n02', enterprise).filter(
      (person) => person.get('is_legal_representative') === true,
    );
    assert.ok(heads.some((head) => head.get('person_name') === registration?.get('legal_representative')));
    const changes = fieldsOf('n04', enterprise).filter(
      (change) => change.get('change_item') === 'legal_representative',
    );
    const last = changes.at(-1);
    if (last !== undefined) assert.equal(last.get('value_after'), registration?.get('legal_representative'));
  }
});

test('the city and the country tell the same penalties and licences', () => {
  for (const enterprise of enterprises) {
    const national = new Map(
      fieldsOf('n08', enterprise).map((each) => [each.get('decision_no'), each.get('decided_on')]),
    );
    const withdrawn = fieldsOf('b03', enterprise).filter((each) => each.get('annulled_on') === null);
    for (const each of withdrawn)
      assert.equal(national.get(each.get('decision_no')), each.get('penalty_decided_on'));
    const licences = new Set(fieldsOf('n07', enterprise).map((each) => each.get('approval_doc_no')));
    for (const each of fieldsOf('b02', enterprise)) assert.ok(licences.has(each.get('licence_decision_no')));
  }
});

test('nothing new happens before the founding or after the end of an enterprise', () => {
  const business = datasets.filter(
    ({ contract, isSource }) => !isSource && contract.businessTime !== undefined,
  );
  for (const dataset of business) {
    const at = dataset.completer.positionOf.get(dataset.contract.businessTime ?? '') ?? -1;
    for (const enterprise of enterprises) {
      const last = enterprise.ended?.on ?? until;
      // A court may still act against a firm that is gone; a year's statement tells of a day before it is written.
      const mayFollow = ['n11', 'b45', 'b47'].includes(dataset.number) ? 400 : 0;
      for (const { cells } of lastVersions(dataset, enterprise)) {
        const day = cells[at];
        if (typeof day !== 'number' || day < 3000) continue; // years are checked by the reports themselves
        assert.ok(
          day >= enterprise.foundedOn - 31 && day <= last + mayFollow,
          `${dataset.contract.id} ${isoOf(day)}`,
        );
      }
    }
  }
});

test('only enterprises that miss an annual report are listed for it', () => {
  for (const enterprise of enterprises) {
    const inTime = fieldsOf('n35', enterprise).filter((report) => {
      const due = dayOf(`${Number(report.get('report_year')) + 1}-06-30`);
      return Number(report.get('report_published_on')) <= due;
    });
    const years = new Set(inTime.map((report) => report.get('report_year')));
    for (const listing of fieldsOf('n05', enterprise))
      assert.ok(!years.has(listing.get('missing_report_year')));
  }
});
