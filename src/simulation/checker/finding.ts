/** Something that must never be (DESIGN section 2 has the invariants). */
export interface Finding {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8';
  readonly execution: string;
  readonly what: string;
}
