import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { JwtGuard, JwtModule } from 'jwt-extended/nest'
import { isRevoked } from '../shared/blocklist.ts'
import { AuthController } from './auth.controller.ts'

@Module({
  imports: [
    JwtModule.forRoot({
      secretKey: process.env['JWT_SECRET_KEY'],
      tokenLocation: ['headers', 'cookies'],
      // The example runs on plain http; in production leave `secure` alone.
      cookies: { secure: false },
      tokenInBlocklist: (_header, { jti }) => isRevoked(jti),
    }),
  ],
  controllers: [AuthController],
  providers: [{ provide: APP_GUARD, useClass: JwtGuard }],
})
class AppModule {}

// On Express, as Nest has it by default. On Fastify nothing above changes.
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
await app.listen(Number(process.env['PORT'] ?? 5000), '127.0.0.1')
const { port } = app.getHttpServer().address()
console.log(`The nest example is on http://127.0.0.1:${port}`)
