#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Before anything else is loaded: with the cache the command line starts in a third of the time (measured on the sources, whose
// types Node strips at every start without it). https://nodejs.org/api/module.html#module-compile-cache
enableCompileCache();

const { runProcess } = await import('./process.ts');
await runProcess();
