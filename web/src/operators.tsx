import { render } from "preact";
import { Operations } from "./operators/app";

const root = document.getElementById("app");
if (root) render(<Operations />, root);
