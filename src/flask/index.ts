export { type FlaskConfig, type FlaskOptions, flaskOptions } from './flask-options.ts'
export { parseEnvironment } from './parse-environment.ts'
