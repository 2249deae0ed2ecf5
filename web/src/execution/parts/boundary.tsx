import { Component, type ReactNode } from 'react';
import { Problem } from '../../parts/problem.tsx';

interface Props {
  /** Another text: what failed is tried again. */
  readonly again: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly of: string;
}

/** Keeps what fails in one view from taking the page with it. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: undefined, of: '' };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ again }: Props, { of }: State): Partial<State> | null {
    return again === of ? null : { of: again, error: undefined };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <Problem error={error} />;
  }
}
