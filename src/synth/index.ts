/**
 * 三 (支持平台接入机构创新发展): institutions build and try their products on synthetic enterprises, never on real ones.
 * A city is written as department files like real ones, with its truth apart; the same seed gives the same bytes.
 */
export { type CityDelivery, type CityManifest, readManifest } from './write/manifest.ts';
export { type CityOptions, type CitySummary, writeCity } from './write/write-city.ts';
