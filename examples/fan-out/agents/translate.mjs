// One program for several agents: the agent file says which language.
import { text } from 'node:stream/consumers';

const WORDS = {
  french: { hello: 'bonjour', world: 'monde' },
  german: { hello: 'hallo', world: 'Welt' },
};

const language = process.argv[2];
const { input } = JSON.parse(await text(process.stdin));
const translated = WORDS[language][input.text.toLowerCase()];
if (translated === undefined) {
  // `refusal` is not tried again: it would not go better.
  console.log(
    JSON.stringify({ error: { class: 'refusal', message: `no ${language} word for ${input.text}` } }),
  );
} else {
  console.log(JSON.stringify({ output: { language, translated } }));
}
