import { type BrowserContextOptions, chromium, type Browser as Launched, type Page } from 'playwright-core';

/** Without a network to look for updates in, and without a sandbox, which root has none of. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium without a window. Every request that leaves the machine is refused, and told. */
export class Browser implements AsyncDisposable {
  readonly #launched: Launched;
  /** Addresses beyond this machine that a page asked for. */
  readonly strayRequests: string[] = [];
  /** What pages complained about: errors, refused scripts and styles. */
  readonly complaints: string[] = [];

  private constructor(launched: Launched) {
    this.#launched = launched;
  }

  static async open(): Promise<Browser> {
    return new Browser(await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS }));
  }

  /** A page with storage of its own. */
  async page(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#launched.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await context.route(
      (url) => url.protocol.startsWith('http') && url.hostname !== '127.0.0.1',
      (route) => {
        this.strayRequests.push(route.request().url());
        return route.abort();
      },
    );
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    await page.goto(address);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launched.close();
  }
}
