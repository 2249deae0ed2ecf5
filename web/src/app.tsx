import { Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Frame } from './frame/frame.tsx';
import { ROUTES } from './routes.tsx';

export function App() {
  return (
    <Frame>
      <Suspense fallback={null}>
        <Switch>
          {ROUTES.map(({ path, page: Page }) => (
            <Route key={path} path={path}>
              {(params) => <Page params={params} />}
            </Route>
          ))}
          <Route>
            <h1>There is nothing here</h1>
          </Route>
        </Switch>
      </Suspense>
    </Frame>
  );
}
