import { expect, test } from 'vitest';
import { readTask } from '../../src/task/read.ts';

const read = (text: string) => readTask(text, { file: 'task.yaml' });
