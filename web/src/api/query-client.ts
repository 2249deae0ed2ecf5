import { QueryClient } from '@tanstack/react-query';
import { problemOf } from './problem.ts';

/** What the server says is kept; the feed says what is out of date. Refusals are not asked again: they would be the same. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => problemOf(error).status === 0 && failures < 3,
    },
  },
});
