// The file that launched processes and threads start with. It is bundled into one, and exports nothing.
import './child/main.ts';
