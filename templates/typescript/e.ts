export {createClient,createHttpClient,unwrap,RtgenError,styles,forms} from './runtime/index.ts'
