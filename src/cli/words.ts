/** The words in which durations and counts are told; the page of an execution uses the same. */
export { counted, durationInWords } from '../inspection/words.ts';
