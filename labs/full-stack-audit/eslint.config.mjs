// Of rules that are ours too, and of one that is on by default, what ESLint itself says.
import parser from "@typescript-eslint/parser";
import react from "eslint-plugin-react";
import hooks from "eslint-plugin-react-hooks";

export default [{
  files: ["**/*.{ts,tsx,js,jsx}"],
  languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
  plugins: { react, "react-hooks": hooks },
  rules: { "no-empty": "error", "react/no-array-index-key": "error", "react-hooks/exhaustive-deps": "error" },
  settings: { react: { version: "18.3" } },
  linterOptions: { reportUnusedDisableDirectives: "off" },
}];
