import { register } from 'prom-client';
import { countWebhook } from './webhook-metrics';

test('calls of webhooks are counted by what came of them, under the names of upstream', async () => {
  const call = { name: 'hook.example.com', type: 'admit', operation: 'CREATE' } as const;
  countWebhook(call, 'allowed', 30);
  countWebhook(call, { refused: 403 }, 30);
  countWebhook({ ...call, type: 'validating' }, { failed: true, ignored: false }, 30);
  countWebhook(call, { failed: true, ignored: true }, 30);
  const lines = (await register.metrics()).split('\n').filter((line) => line.includes('hook.example.com'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'apiserver_admission_webhook_admission_duration_seconds_bucket{le="0.025",name="hook.example.com",type="admit",operation="CREATE",rejected="false"} 0',
      'apiserver_admission_webhook_admission_duration_seconds_bucket{le="0.1",name="hook.example.com",type="admit",operation="CREATE",rejected="false"} 2',
      'apiserver_admission_webhook_request_total{name="hook.example.com",type="admit",operation="CREATE",rejected="false",code="200"} 1',
      'apiserver_admission_webhook_request_total{name="hook.example.com",type="admit",operation="CREATE",rejected="true",code="403"} 1',
      'apiserver_admission_webhook_rejection_count{name="hook.example.com",type="admit",operation="CREATE",error_type="no_error",rejection_code="403"} 1',
      'apiserver_admission_webhook_rejection_count{name="hook.example.com",type="validating",operation="CREATE",error_type="calling_webhook_error",rejection_code="0"} 1',
      'apiserver_admission_webhook_fail_open_count{name="hook.example.com",type="admit"} 1',
    ]),
  );
});
