export * from '../index.ts'
export { CurrentJwt, CurrentUser, JwtRequired, Public } from './nest/decorators.ts'
export { JwtException } from './nest/jwt-exception.ts'
export { JwtExceptionFilter } from './nest/jwt-exception-filter.ts'
export { JwtGuard } from './nest/jwt-guard.ts'
export { JwtManager } from './nest/jwt-manager.ts'
export { JwtModule } from './nest/jwt-module.ts'
export type {
  JwtModuleAsyncOptions,
  JwtModuleExtras,
  JwtModuleOptions,
  JwtOptionsFactory,
} from './nest/jwt-module-options.ts'
export type { NestRequest, NestResponse } from './nest/platform.ts'
export { type GetRequest, getHttpRequest } from './nest/request-of.ts'
export { getJwtContext } from './nest/seen-contexts.ts'
