// ELK's own worker: as a module worker it answers the messages of `elk-api`.
import 'elkjs/lib/elk-worker.min.js';
