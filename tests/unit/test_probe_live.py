import subprocess, os, time
def test_live(live_worker, mlflow_python):
    t=time.time()
    code = """
import mlflow
mlflow.set_experiment("x")
with mlflow.start_run() as r:
    mlflow.log_param("a", 1)
    for i in range(10): mlflow.log_metric("m", i*0.5, step=i)
print(mlflow.get_run(r.info.run_id).data.metrics, mlflow.__version__)
print(mlflow.search_runs(search_all_experiments=False, output_format="list"))
"""
    env = {**os.environ, "MLFLOW_TRACKING_URI": live_worker.tracking_uri, "MLFLOW_TRACKING_TOKEN": live_worker.token}
    done = subprocess.run([mlflow_python, "-c", code], env=env, capture_output=True, text=True)
    print(done.stdout, done.stderr, time.time()-t)
    time.sleep(3)
    print(open(live_worker.data_dir+"/web.log").read(), open(live_worker.data_dir+"/worker.log").read())
    assert done.returncode == 0
def test_browser(browser_page, live_runfold):
    browser_page.goto(live_runfold.bootstrap["sign_in_url"])
    print(browser_page.title(), browser_page.content()[:500])
