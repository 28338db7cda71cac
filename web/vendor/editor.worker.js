// The worker Monaco uses for its own small computations (word lists, differences). Our YAML language lives in the engine.
import 'monaco-editor/editor/editor.worker';
